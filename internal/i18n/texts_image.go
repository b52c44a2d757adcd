package i18n

// textsImage are titles of findings about the image as a whole.
func textsImage() []entry {
	return []entry{
		{"image-integrity.digest", "{0}: {1} is claimed, {2} was computed", "{0}：声明为 {1}，实际计算为 {2}"},
	}
}
