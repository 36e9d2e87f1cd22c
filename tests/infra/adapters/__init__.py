"""Layer F: Darasa drives the cell that was applied, by the settings that its machines find there, as their role may.

In the order of the alphabet: the verdict judges what all others asked for.
"""
