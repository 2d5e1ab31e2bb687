"""The Dougong engine: an application written as text, compiled and run."""
