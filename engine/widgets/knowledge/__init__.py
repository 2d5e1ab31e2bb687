"""Knowledge graphs: how they are drawn, and what moves in the drawing."""
