"""What is asked of which endpoint with which privilege, and which pairs are judged. Pure."""
