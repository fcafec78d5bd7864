"""A package, so that its browser lasts for this folder and no longer."""
