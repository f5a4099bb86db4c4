"""The exercises of the course: a module for each notebook, with a check for each exercise."""
