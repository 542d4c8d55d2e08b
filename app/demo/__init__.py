"""A believable team with everything on its desk, made by the product's own verbs. Called by `galley demo`."""
