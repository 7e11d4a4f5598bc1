"""What is shown as negative: wrong labels, or hybrids of images."""
