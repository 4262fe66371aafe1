"""The company's own rules that forbid a change and say why: what is alike wherever they hold."""
