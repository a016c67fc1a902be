"""What filings do for the gates: what they lift, and what they would be confirmed for now."""
