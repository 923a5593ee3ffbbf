"""`make stress`: whether memory, descriptors and requests last, under many requests, restarts and clients."""
