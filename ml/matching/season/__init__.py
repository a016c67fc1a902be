"""What happens to an outcome after it is found: vacancies, minimum groups, moves."""
