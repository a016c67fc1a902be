"""Pages of a round: its set-up and workbench, students' lists, hosts' candidates, checklist,
files."""
