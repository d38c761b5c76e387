"""The tabs as Gradio shells: controls, and which function answers them."""
