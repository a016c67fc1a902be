"""The greatest total fit under a tree of caps, with a bound that anybody can compute again."""
