"""Projects of Kdenlive, Shotcut and other programs that save the XML of MLT."""
