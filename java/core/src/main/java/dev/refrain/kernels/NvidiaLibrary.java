package dev.refrain.kernels;

/** What NVIDIA supplies besides the driver, and the cuda engine uses where it is found. */
public enum NvidiaLibrary {
  /** Matrix products: {@code libcublas.so.13}. */
  CUBLAS("cuBLAS", "libcublas.so.13"),
  /** Recurrent layers: {@code libcudnn.so.9}. */
  CUDNN("cuDNN", "libcudnn.so.9");

  private final String title;
  private final String file;

  NvidiaLibrary(String title, String file) {
    this.title = title;
    this.file = file;
  }

  /** As NVIDIA writes it. */
  public String title() {
    return title;
  }

  /** The version that is wanted, as the system's loader knows it. */
  public String file() {
    return file;
  }
}
