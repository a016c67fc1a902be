"""Intakes of specialties and the county's junior-secondary leavers."""
