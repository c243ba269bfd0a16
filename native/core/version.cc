#include "refrain/refrain.h"

const char* refrain_version(void) { return REFRAIN_VERSION; }
