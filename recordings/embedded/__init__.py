"""The embedded recorder: a process that joins one peer room, listens, and writes each person's tracks.

It knows no Django and no database: a line on stdin starts it, files and a manifest are what it leaves.
"""
