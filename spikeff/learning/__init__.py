"""How a layer learns: objectives, negatives, local rules, and the step that combines them."""
