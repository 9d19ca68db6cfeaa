"""The viewer: pictures and sound of original and dub, and the face picker."""
