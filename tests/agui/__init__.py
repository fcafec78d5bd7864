"""A package, so that its server lasts for this folder and no longer."""
