"""What people keep of what they found: shortlists and saved searches. It belongs to a collection, not to a version."""
