"""Clusters of profiles: fitted, named, measured, and predicted for a query."""
