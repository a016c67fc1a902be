"""Deferred acceptance, compiled: layouts, kernels, threads; `ml.matching.solve` is the door."""
