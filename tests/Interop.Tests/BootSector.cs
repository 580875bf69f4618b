namespace Interop.Tests;

/// <summary>A guest of 26 bytes that increments 1024 bytes in each of 128 pages, from 0x10000 to 0x8f000, for ever.</summary>
internal static class BootSector
{
    /// <summary>Address of the last page that the guest writes.</summary>
    public const long LastDirtiedPage = 0x8f000;

    private const int ImageBytes = 1 << 20;

    /// <summary>A disk with the guest in its first sector.</summary>
    public static byte[] Image()
    {
        byte[] image = new byte[ImageBytes];
        ReadOnlySpan<byte> code =
        [
            0xfa,                   //       cli
            0xb8, 0x00, 0x10,       // all:  mov  ax, 0x1000
            0x8e, 0xd8,             // page: mov  ds, ax
            0x31, 0xf6,             //       xor  si, si
            0xb9, 0x00, 0x04,       //       mov  cx, 1024
            0xfe, 0x04,             // byte: inc  byte [si]
            0x46,                   //       inc  si
            0xe2, 0xfb,             //       loop byte
            0x05, 0x00, 0x01,       //       add  ax, 0x100
            0x3d, 0x00, 0x90,       //       cmp  ax, 0x9000
            0x72, 0xec,             //       jb   page
            0xeb, 0xe7,             //       jmp  all
        ];
        code.CopyTo(image);
        image[510] = 0x55;
        image[511] = 0xaa;
        return image;
    }
}
