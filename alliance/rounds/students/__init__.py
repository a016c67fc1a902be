"""What students have of a round: the lists that they save, what each round is to them."""
