"""What the hub tells its operators: lines of a log, figures, slow queries. None of it names a
person."""
