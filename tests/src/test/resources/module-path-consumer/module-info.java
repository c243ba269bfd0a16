module consumer {
  requires dev.refrain;
}
