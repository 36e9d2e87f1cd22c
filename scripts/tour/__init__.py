"""`make tour`: the product in the hands of headless people, in a throw-away demo. Pictures lie in `var/tour/`."""
