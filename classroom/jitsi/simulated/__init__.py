"""Stand-ins for parts of the Jitsi stack: processes of their own that speak its real HTTP, in both directions."""
