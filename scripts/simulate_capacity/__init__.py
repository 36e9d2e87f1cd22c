"""`make simulate-capacity`: school days with bells, and how many recorders different policies keep for them.

A simulation with fixed seeds, not a measurement: its habits of lessons are assumed, and the other policies are as their
documents describe them. The last line is JSON.
"""
