"""Coverage-guided fuzzing: the targets, the inputs that are kept, and the command that runs them (`make fuzz`).

A target is a function of octets that returns when all is well. What it raises is a finding.
"""
