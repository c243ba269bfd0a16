package dev.refrain.kernels;

/** What NVIDIA supplies besides the driver, and the cuda engine uses where it is found. */
public enum NvidiaLibrary {
  /** Matrix products: {@code libcublas.so.13}. */
  CUBLAS("cuBLAS", "libcublas.so.13", "REFRAIN_CUBLAS_LIBRARY"),
  /** Recurrent layers: {@code libcudnn.so.9}. */
  CUDNN("cuDNN", "libcudnn.so.9", "REFRAIN_CUDNN_LIBRARY");

  private final String title;
  private final String file;
  private final String variable;

  NvidiaLibrary(String title, String file, String variable) {
    this.title = title;
    this.file = file;
    this.variable = variable;
  }

  /** As NVIDIA writes it. */
  public String title() {
    return title;
  }

  /** The version that is wanted, as the system's loader knows it. */
  public String file() {
    return file;
  }

  /** The environment variable that names a file to take instead. */
  public String variable() {
    return variable;
  }
}
