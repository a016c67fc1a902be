"""Families of forecasters: granular panels of counts, and per-series means; `choosing` says which
fits a panel."""
