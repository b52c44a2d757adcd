package layer

import (
	"fmt"
	"time"
)

// MaxInMemory is the largest wanted file that is held in memory when its layer
// can't be read at random; a larger one needs a scratch file.
const MaxInMemory = 32 << 20

// Limits bound what one scan takes. Real images never meet them; meeting one is
// an unread record with reason "limit".
type Limits struct {
	// LayerBytes is the most uncompressed bytes read of one layer.
	LayerBytes int64 `json:"layer_bytes"`
	// LayerFiles is the most entries kept of one layer, with the directories
	// that only their names tell of.
	LayerFiles int `json:"layer_files"`
	// Depth is the most directories above an entry of a directory read in place.
	Depth int `json:"depth"`
	// Ratio is how many times larger than its compressed form a layer may be,
	// once more than RatioFrom bytes have come out.
	Ratio     int64 `json:"ratio"`
	RatioFrom int64 `json:"ratio_from"`
	// ScratchBytes is the most a scratch file holds.
	ScratchBytes int64 `json:"scratch_bytes"`
	// RereadBytes and Rereads bound what is read a second time in one layer:
	// hard links under wanted names.
	RereadBytes int64 `json:"reread_bytes"`
	Rereads     int   `json:"rereads"`
	// RecordBytes bounds what the detectors say of one layer.
	RecordBytes int64 `json:"record_bytes"`
	// LayerTime bounds the time for one layer.
	LayerTime time.Duration `json:"layer_time"`
	// Layers is the most layers of one image.
	Layers int `json:"layers"`
}

// tooManyEntries says that LayerFiles was met, and what can be done about it.
func tooManyEntries(limit int) string {
	return fmt.Sprintf("more than %d files and directories (directories count as well) in one layer or directory; the rest was not looked at: "+
		"scan its parts by themselves (dir:PART), or accept it with --allow limit", limit)
}

// maxUnread is how many unread records are kept of one layer; of the rest one
// says how many they are.
const maxUnread = 1000

// DefaultLimits are those of a scan where nothing else was said.
func DefaultLimits() Limits {
	return Limits{
		LayerBytes:   128 << 30,
		LayerFiles:   1_200_000,
		Depth:        400,
		Ratio:        400,
		RatioFrom:    256 << 20,
		ScratchBytes: 1 << 30,
		RereadBytes:  8 << 30,
		Rereads:      200_000,
		RecordBytes:  64 << 20,
		LayerTime:    30 * time.Minute,
		Layers:       1024,
	}
}
