/** Points of many dimensions laid out in the plane. Plain Java on several threads, no engine. */
package dev.refrain.projection;
