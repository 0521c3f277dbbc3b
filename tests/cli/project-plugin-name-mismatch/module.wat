;; Nothing of its own: it says what its manifest says.
