"""What is known of MongoDB here? Its addresses, and how a database of it is reached."""
