"""Skills: the county's table over time, what is read from texts, and the page that counts them."""
