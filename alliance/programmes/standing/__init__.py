"""In which state a student is, from which day on, and what follows from it."""
