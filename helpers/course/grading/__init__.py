"""All that decides a mark: from a submission's files to the gradebook."""
