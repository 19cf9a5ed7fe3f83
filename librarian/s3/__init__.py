"""What is known of S3 here? How a bucket of it is reached, and what its faults mean."""
