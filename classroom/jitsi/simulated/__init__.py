"""Jitsi's servers as programs that speak the real HTTP: for tests, and for `make run JITSI=simulated`."""
