"""What is seen only across the images of a repository: order of pushes, repetition, copies."""
