"""A package, so that its fleet lasts for this folder and no longer."""
