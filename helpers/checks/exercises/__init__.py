"""The exercises of the course: one module a notebook, in it one check an exercise."""
