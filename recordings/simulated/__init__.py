"""Processes that behave like the recorders of a real stack, down to their faults: for `make run JITSI=simulated` and tests."""
