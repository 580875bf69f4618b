using System.Text;

namespace Company.Parser;

/// <summary>Labels like <c>name=value</c>; a backslash takes the next character as it is.</summary>
public static class Label
{
    /// <summary>Reads a label.</summary>
    /// <returns>Name and value, or null where there is no <c>=</c>.</returns>
    public static (string Name, string Value)? Parse(string text)
    {
        StringBuilder name = new(), value = new();
        bool isValue = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && !isValue)
                isValue = true;
            else
                (isValue ? value : name).Append(text[i] == '\\' ? text[++i] : text[i]);    // Is there a next one?
        }
        return isValue ? (name.ToString(), value.ToString()) : null;
    }
}
