"""What `seniorlink doctor` looks at: one check after the other, none of which costs money."""
