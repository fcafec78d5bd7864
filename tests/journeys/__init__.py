"""A package, so that its servers last for this folder and no longer."""
